/**
 * What the library needs of the operating system: child JVMs, and what a child process prints. The lowest package:
 * it uses nothing of this library but {@code parlab.timing}.
 */
package parlab.system;
