package parlab.processes;

import java.io.Externalizable;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Finds which part of an object cannot be serialised, breadth first, so that the shortest path is named. */
final class SerialPath {
    private static final int MAX_OBJECTS = 100_000;

    /**
     * The offending part.
     *
     * @param path from the root, such as {@code config.cache["a"].lock}
     * @param type its class
     */
    record Culprit(String path, Class<?> type) {}

    private record Step(Object object, String path) {}

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Step> todo = new ArrayDeque<>();
    private final Predicate<Object> sendable;

    private SerialPath(Predicate<Object> sendable) {
        this.sendable = sendable;
    }

    /**
     * Looks for the culprit.
     *
     * @param root where to begin
     * @param name what the root is called
     * @param sendable objects that can be sent although they are not serialisable
     * @return empty if it hides where this class cannot look, such as in the JDK's private fields
     */
    static Optional<Culprit> find(Object root, String name, Predicate<Object> sendable) {
        SerialPath search = new SerialPath(sendable);
        search.add(root, name);
        return search.run();
    }

    private Optional<Culprit> run() {
        while (!todo.isEmpty() && seen.size() < MAX_OBJECTS) {
            Step step = todo.poll();
            Object object = step.object;
            if (sendable.test(object)) {
                continue;
            }
            if (!(object instanceof Serializable)) {
                return Optional.of(new Culprit(step.path, object.getClass()));
            }
            contents(object, step.path);
        }
        return Optional.empty();
    }

    private void contents(Object object, String path) {
        if (object instanceof Object[] array) {
            for (int i = 0; i < array.length; i++) {
                add(array[i], path + "[" + i + "]");
            }
        } else if (object instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                add(key, path + ".key(" + label(key) + ")");
                add(value, path + "[" + label(key) + "]");
            });
        } else if (object instanceof Collection<?> collection) {
            int i = 0;
            for (Object element : collection) {
                add(element, path + "[" + i++ + "]");
            }
        } else if (!object.getClass().isArray() && !(object instanceof Externalizable)) {
            for (Class<?> type = object.getClass();
                    type != null && Serializable.class.isAssignableFrom(type);
                    type = type.getSuperclass()) {
                fields(object, type, path);
            }
        }
    }

    private void fields(Object object, Class<?> type, String path) {
        for (Field field : type.getDeclaredFields()) {
            if ((field.getModifiers() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0
                    && !field.getType().isPrimitive()) {
                try {
                    field.setAccessible(true);
                    String name = field.getName().startsWith("arg$") ? "(captured value)" : "." + field.getName();
                    add(field.get(object), path + name);
                } catch (IllegalAccessException | InaccessibleObjectException e) {
                    // The JDK's own: what they hold is looked at where it has a public face.
                    return;
                }
            }
        }
    }

    private void add(Object object, String path) {
        if (object != null && seen.add(object)) {
            todo.add(new Step(object, path));
        }
    }

    private static String label(Object key) {
        return key instanceof String text ? '"' + text + '"' : String.valueOf(key);
    }
}
