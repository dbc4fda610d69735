/** Results as Tablesaw tables: measured, put together, compared. */
package parlab.results;
