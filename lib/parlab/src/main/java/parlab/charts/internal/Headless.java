package parlab.charts.internal;

import java.util.Locale;

/** Lets charts be drawn where there is no screen, without the caller's doing anything about it. */
public final class Headless {

    private Headless() {}

    /**
     * To be called before AWT is first used. Does nothing where {@code java.awt.headless} is set. Else, where AWT draws
     * by way of an X server, declares the JVM headless: a picture needs no screen, and drawing one
     * must not fail because the screen that a session was started from is gone. (Who wants windows as well sets {@code
     * -Djava.awt.headless=false}.) On macOS keeps the kernel from becoming an application with an icon in the Dock.
     */
    public static void ensure() {
        if (System.getProperty("java.awt.headless") != null) {
            return;
        }
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        if (system.contains("mac")) {
            if (System.getProperty("apple.awt.UIElement") == null) {
                System.setProperty("apple.awt.UIElement", "true");
            }
        } else if (!system.contains("windows")) {
            System.setProperty("java.awt.headless", "true");
        }
    }
}
