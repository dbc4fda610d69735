/**
 * The process pool's tasks on members of a Hazelcast cluster. {@link parlab.cluster.Cluster} is what a notebook uses,
 * {@link parlab.cluster.Member} what runs on each machine.
 */
package parlab.cluster;
