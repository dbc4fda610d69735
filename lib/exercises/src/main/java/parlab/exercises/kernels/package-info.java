/** The tasks of lesson 03's exercises. */
package parlab.exercises.kernels;
