package parlab.notebook.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;

/** JSON as maps and lists, and strict about what is none. */
public final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private Json() {}

    /**
     * Turns records, beans, maps, lists, numbers and text into a tree of maps, lists, numbers, booleans and text.
     *
     * @param value what to convert
     * @return the tree
     * @throws IllegalArgumentException if a part has no JSON form, such as NaN; the message says where
     */
    public static Object tree(Object value) {
        Object tree = MAPPER.convertValue(value, Object.class);
        checkNumbers(tree, "$");
        return tree;
    }

    private static void checkNumbers(Object node, String path) {
        switch (node) {
            case null -> {}
            case Double number when !Double.isFinite(number) -> notJson(number, path);
            case Float number when !Float.isFinite(number) -> notJson(number, path);
            case Map<?, ?> map -> map.forEach((key, child) -> checkNumbers(child, path + "." + key));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    checkNumbers(list.get(i), path + "[" + i + "]");
                }
            }
            default -> {}
        }
    }

    private static void notJson(Number number, String path) {
        throw new IllegalArgumentException("JSON has no " + number + ", but there is one at " + path);
    }

    /**
     * Reads one object.
     *
     * @param text a JSON object and nothing else
     * @return its fields in their order
     * @throws IllegalArgumentException if the text is anything else; the message says what is wrong
     */
    public static Map<String, Object> object(String text) {
        try {
            Map<String, Object> fields = MAPPER.readValue(text, OBJECT);
            if (fields == null) {
                throw new IllegalArgumentException("null is not a JSON object");
            }
            return fields;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }

    /**
     * Writes a tree for people.
     *
     * @param tree maps, lists, numbers, booleans and text
     * @return indented JSON
     */
    public static String pretty(Object tree) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e.getOriginalMessage(), e);
        }
    }
}
