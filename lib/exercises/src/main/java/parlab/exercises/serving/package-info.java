/** The tasks of lesson 04's exercises. */
package parlab.exercises.serving;
