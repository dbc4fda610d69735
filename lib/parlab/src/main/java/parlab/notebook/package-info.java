/** Shows charts, tables, text and progress where the reader looks, whatever runs the code. */
package parlab.notebook;
