package parlab.executors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.Test;

final class PoolsNamedTest {

    @Test
    void poolsKeepTheirOrder() {
        ExecutorService a = Pools.serial();
        ExecutorService b = Pools.serial();
        var named = Pools.named("z", a, "a", b);
        assertEquals(List.of("z", "a"), List.copyOf(named.keySet()));
        assertSame(a, named.get("z"));
        assertSame(b, named.get("a"));
    }

    @Test
    void whatIsNoNameAndPoolIsRefused() {
        ExecutorService pool = Pools.serial();
        for (Object[] wrong : new Object[][] {
            {"a", pool, "b"}, {pool, "a"}, {"a", "b"}, {"a", null},
        }) {
            assertThrows(IllegalArgumentException.class, () -> Pools.named(wrong));
        }
        assertEquals(
                "two pools are called \"a\"",
                assertThrows(IllegalArgumentException.class, () -> Pools.named("a", pool, "a", pool))
                        .getMessage());
    }
}
