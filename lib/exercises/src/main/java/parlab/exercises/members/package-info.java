/** The tasks of lesson 06's exercises. */
package parlab.exercises.members;
