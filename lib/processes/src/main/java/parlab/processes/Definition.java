package parlab.processes;

/**
 * Something that is sent to each worker once, before the first task that needs it.
 *
 * @param slot its number; a later version takes the place of an earlier one in its slot
 * @param version counts from 0
 * @param frame the whole frame
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared, never changed.
record Definition(int slot, int version, byte[] frame) {}
