package parlab.timing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WilliamsSquareTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 17})
    void eachItemFollowsEachOtherAndHasEachPlaceEquallyOften(int n) {
        int[][] rows = WilliamsSquare.of(n);
        int times = n > 1 && n % 2 == 1 ? 2 : 1;
        assertEquals(times * n, rows.length);
        int[][] follows = new int[n][n];
        int[][] places = new int[n][n];
        for (int[] row : rows) {
            assertEquals(n, row.length);
            for (int place = 0; place < n; place++) {
                places[row[place]][place]++;
                if (place > 0) {
                    follows[row[place - 1]][row[place]]++;
                }
            }
        }
        for (int a = 0; a < n; a++) {
            for (int b = 0; b < n; b++) {
                assertEquals(times, places[a][b], a + " in place " + b);
                assertEquals(a == b ? 0 : times, follows[a][b], b + " after " + a);
            }
        }
    }

    @Test
    void theFirstRowIsAsWilliamsWroteIt() {
        assertArrayEquals(new int[] {0, 1, 5, 2, 4, 3}, WilliamsSquare.of(6)[0]);
    }

    @Test
    void noItemsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> WilliamsSquare.of(0));
    }
}
