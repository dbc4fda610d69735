/** The tasks of lesson 01's exercises. */
package parlab.exercises.contention;
