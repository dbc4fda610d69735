/**
 * What the library needs of the operating system: child JVMs, what a child process prints, and native libraries. The
 * lowest package: it uses nothing of this library but {@code parlab.timing}.
 */
package parlab.system;
