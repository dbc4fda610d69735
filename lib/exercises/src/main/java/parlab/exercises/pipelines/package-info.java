/** The tasks of lesson 05's exercises. */
package parlab.exercises.pipelines;
