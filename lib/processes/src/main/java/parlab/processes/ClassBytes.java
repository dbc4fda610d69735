package parlab.processes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The bytes of classes that a class loader has, also of those that a notebook kernel made and nobody
 * wrote to a file.
 *
 * <p>JShell's own loader, and so IJava's, gives them as resources. JJava's does not, but the object that
 * feeds it keeps them in a map from class name to bytes: it is looked for by its type.
 *
 * <p>Thread-safe as far as the loader is.
 */
final class ClassBytes {
    private final ClassLoader loader;
    private final List<Map<?, ?>> maps;

    ClassBytes(ClassLoader loader) {
        this.loader = loader;
        this.maps = findMaps(loader);
    }

    /** The class's bytes as they are now; null if the loader has none. */
    byte[] find(String className) {
        for (Map<?, ?> map : maps) {
            if (map.get(className) instanceof byte[] bytes) {
                return bytes;
            }
        }
        String resource = className.replace('.', '/') + ".class";
        // A loader's own resources come first: asking its parents means searching every jar.
        URL own = loader instanceof URLClassLoader urls ? urls.findResource(resource) : null;
        try (InputStream in = own != null ? own.openStream() : loader.getResourceAsStream(resource)) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the bytes of class " + className + " cannot be read", e);
        }
    }

    private static List<Map<?, ?>> findMaps(ClassLoader loader) {
        List<Map<?, ?>> found = new ArrayList<>();
        for (Class<?> type = loader.getClass();
                type != null && type != URLClassLoader.class;
                type = type.getSuperclass()) {
            for (Field field : fields(type)) {
                Object value = read(field, loader);
                if (value instanceof Map<?, ?> map) {
                    found.add(map);
                } else if (value != null && field.isSynthetic()) {
                    // The loader's outer object, such as JJava's delegate.
                    for (Field inner : fields(value.getClass())) {
                        if (read(inner, value) instanceof Map<?, ?> map) {
                            found.add(map);
                        }
                    }
                }
            }
        }
        return List.copyOf(found);
    }

    private static Field[] fields(Class<?> type) {
        return type.getModule().isNamed() ? new Field[0] : type.getDeclaredFields();
    }

    private static Object read(Field field, Object owner) {
        if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
            return null;
        }
        try {
            field.setAccessible(true);
            return field.get(owner);
        } catch (IllegalAccessException | InaccessibleObjectException e) {
            return null;
        }
    }
}
