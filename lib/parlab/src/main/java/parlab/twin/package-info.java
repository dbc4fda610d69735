/** Runs the CPython counterparts of an experiment and reads their figures. */
package parlab.twin;
