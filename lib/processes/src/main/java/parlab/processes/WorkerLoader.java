package parlab.processes;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The classes of one code base in a worker: those of the worker's own class path, those that were sent, those of jars
 * that were added to the notebook since, and for everything else the parent is asked by name. Thread-safe.
 */
final class WorkerLoader extends URLClassLoader {
    static {
        registerAsParallelCapable();
    }

    private final Map<String, byte[]> sent = new ConcurrentHashMap<>();
    private final Set<String> urls = new HashSet<>();
    private final Function<String, byte[]> parentProcess;
    private MethodHandles.Lookup lookup;

    WorkerLoader(ClassLoader parent, Function<String, byte[]> parentProcess) {
        super("notebook", new URL[0], parent);
        this.parentProcess = parentProcess;
    }

    void declare(String name, byte[] bytes) {
        sent.put(name, bytes);
    }

    synchronized void addPath(String url) throws MalformedURLException {
        if (urls.add(url)) {
            addURL(URI.create(url).toURL());
        }
    }

    /** A lookup in this loader's module. */
    synchronized MethodHandles.Lookup lookup() throws ReflectiveOperationException {
        if (lookup == null) {
            String name = NotebookLookup.class.getName();
            try (InputStream in = NotebookLookup.class.getResourceAsStream("NotebookLookup.class")) {
                byte[] bytes = in.readAllBytes();
                Class<?> twin = defineClass(name, bytes, 0, bytes.length);
                Method method = twin.getDeclaredMethod("lookup");
                method.setAccessible(true);
                lookup = (MethodHandles.Lookup) method.invoke(null);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return lookup;
    }

    /** A notebook's classes are on no class path: asking the parent first would open every jar there, to no avail. */
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!DependencyClosure.isNotebookClass(name)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            return known != null ? known : findClass(name);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] bytes = sent.get(name);
        if (bytes == null && !DependencyClosure.isNotebookClass(name)) {
            try {
                return super.findClass(name);
            } catch (ClassNotFoundException e) {
                // Not in a jar that was added: perhaps the parent has it from elsewhere.
                bytes = null;
            }
        }
        if (bytes == null) {
            bytes = parentProcess.apply(name);
            if (bytes == null) {
                throw new ClassNotFoundException(name
                        + (DependencyClosure.isNotebookClass(name)
                                ? ": the kernel no longer has this class, a newer definition took its place;"
                                        + " run the cell that made the value again"
                                : ""));
            }
            sent.put(name, bytes);
        }
        return defineClass(name, bytes, 0, bytes.length);
    }

    @Override
    public InputStream getResourceAsStream(String resource) {
        byte[] bytes = resource.endsWith(".class")
                ? sent.get(resource.substring(0, resource.length() - 6).replace('/', '.'))
                : null;
        return bytes == null ? super.getResourceAsStream(resource) : new ByteArrayInputStream(bytes);
    }
}
