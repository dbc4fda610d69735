package parlab.results;

import tech.tablesaw.api.Table;

/** A result that shows itself as a table, as a cell's value and in {@link Notebook#show}. */
public interface Tabular {
    /** Returns the table; its name is the caption, none if empty. */
    Table table();
}
