/** What the other packages need of the operating system: the lowest package, it knows none above it. */
package parlab.system;
