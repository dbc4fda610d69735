/**
 * What lesson 05 builds its pipelines from: a server of images in a process of its own, downloads that name what failed,
 * images scaled with care, bounded channels between stages, and a journal to resume from.
 */
package parlab.pipelines;
