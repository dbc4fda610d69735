package parlab.exercises.internal;

import jdk.jshell.spi.SPIResolutionException;
import parlab.exercises.Trial;
import parlab.exercises.WrongAnswer;

/** Tries an answer, and puts into words what went wrong. */
public final class Attempt {

    private static final int MESSAGE_LENGTH = 500;

    private Attempt() {}

    /** What is wrong with the answer, or null. */
    public static <A> String of(Trial<A> trial, A answer) {
        try {
            trial.run(answer);
            return null;
        } catch (WrongAnswer e) {
            return cut(e.getMessage());
        } catch (Throwable e) {
            return cut(inWords(e));
        }
    }

    /** An exception of an answer in a sentence. Its own methods are the answer's code, and may fail as well. */
    public static String inWords(Throwable thrown) {
        switch (thrown) {
            case SPIResolutionException e -> {
                return "uses a name that is not declared in this notebook: is an import missing, or a cell?";
            }
            case OutOfMemoryError e -> {
                return "the memory was used up";
            }
            case StackOverflowError e -> {
                return "the stack overflowed: does a method call itself without end?";
            }
            default -> {}
        }
        try {
            String message = thrown.getMessage();
            if (thrown instanceof UnsupportedOperationException && "not implemented".equals(message)) {
                return "not implemented yet";
            }
            String place = "";
            for (StackTraceElement frame : thrown.getStackTrace()) {
                if (frame.getClassName().startsWith("REPL.")) {
                    place = ", in " + frame.getMethodName() + ", line " + frame.getLineNumber() + " of its cell";
                    break;
                }
            }
            return "threw " + thrown.getClass().getName() + (message == null ? "" : " (" + message + ")") + place;
        } catch (Throwable e) {
            return "threw an exception that cannot even be shown";
        }
    }

    static String cut(String text) {
        if (text == null) {
            return "";
        }
        return text.length() <= MESSAGE_LENGTH ? text : text.substring(0, MESSAGE_LENGTH) + " ...";
    }
}
