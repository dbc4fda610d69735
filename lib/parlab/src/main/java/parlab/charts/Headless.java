package parlab.charts;

import java.util.Locale;

/** Lets charts be drawn where there is no screen, without the caller's doing anything about it. */
final class Headless {
    private Headless() {}

    /**
     * To be called before AWT is first used. Does nothing where {@code java.awt.headless} is set. Else, where AWT draws
     * by way of an X server, declares the JVM headless: drawing a picture must not fail because the screen that a
     * session was started from is gone. On macOS keeps the kernel from becoming an application with an icon in the
     * Dock.
     */
    static void ensure() {
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
