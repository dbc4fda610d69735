package parlab.exercises.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GridTest {

    @Test
    void somethingCanHappenInTheMiddleOfThings() {
        var cache = new Grid.Cache();
        var grid = new Grid(cache, 2, 1, 2, 3, 4);
        cache.at(2, () -> grid.set(1, 1, 0));
        assertEquals(4, grid.get(1, 1));
        assertEquals(4, grid.get(1, 1));
        grid.get(0, 0);
        assertEquals(0, grid.get(1, 1));
        assertEquals(1, cache.misses());
    }
}
