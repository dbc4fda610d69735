/**
 * Products of matrices: in pure Java with the Vector API, and by OpenBLAS. A jar of its own, so that the helper jar
 * stays small; nothing native is loaded before it is asked for.
 */
package parlab.kernels;
