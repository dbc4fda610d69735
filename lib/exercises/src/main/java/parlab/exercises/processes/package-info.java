/** The tasks of lesson 02's exercises. */
package parlab.exercises.processes;
