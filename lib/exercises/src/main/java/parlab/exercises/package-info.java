/** Tasks, and the means to check an answer to one: forced interleavings above all. */
package parlab.exercises;
