package parlab.processes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The big arrays of one message, by their numbers in it. Not thread-safe. */
interface BigArrays {
    /** Takes an array's present contents into the message, and returns its number. */
    int add(Object array) throws IOException;

    /**
     * Those of a task: copies on the heap, taken when it is submitted. They become files only when a worker has taken
     * the task, so that a task which waits, is cancelled or is tried again holds nothing but memory.
     */
    final class Copies implements BigArrays {
        private final List<Object> copies = new ArrayList<>();

        @Override
        public int add(Object array) {
            copies.add(PrimitiveArrays.copy(PrimitiveArrays.typeOf(array), PrimitiveArrays.view(array)));
            return copies.size() - 1;
        }

        List<Object> copies() {
            return List.copyOf(copies);
        }
    }

    /** Those of a message that is about to be sent: files. */
    final class InFiles implements BigArrays {
        private final MessageFolder folder;
        private final List<Integer> types = new ArrayList<>();
        private final List<Path> files = new ArrayList<>();

        InFiles(MessageFolder folder) {
            this.folder = folder;
        }

        @Override
        public int add(Object array) throws IOException {
            files.add(folder.write(array));
            types.add(PrimitiveArrays.typeOf(array));
            return files.size() - 1;
        }

        /** Deletes what was written for a message that will not be sent. */
        void discard() throws IOException {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }

        /** Writes the table that {@link #read} reads. */
        void writeTable(Outgoing out) throws IOException {
            out.writeInt(files.size());
            for (int i = 0; i < files.size(); i++) {
                out.writeByte(types.get(i));
                out.writeText(files.get(i).toString());
            }
        }
    }

    /** Reads all arrays of a message, whose files are gone then, also if one of them cannot be read. */
    static Object[] read(Incoming in, MessageFolder folder) throws IOException {
        boolean done = false;
        try {
            Object[] arrays = readAll(in, folder);
            done = true;
            return arrays;
        } finally {
            if (!done) {
                folder.discardReceived();
            }
        }
    }

    private static Object[] readAll(Incoming in, MessageFolder folder) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException(count + " big arrays announced in a message of " + in.available() + " bytes");
        }
        Object[] arrays = new Object[count];
        for (int i = 0; i < count; i++) {
            arrays[i] = folder.read(in.readByte(), Path.of(in.readText()));
        }
        return arrays;
    }
}
