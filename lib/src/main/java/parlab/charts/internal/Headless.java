package parlab.charts.internal;

import java.util.Locale;

/** Lets charts be drawn where there is no screen, without the caller's doing anything about it. */
public final class Headless {

    private Headless() {}

    /**
     * To be called before AWT is first used. Where there is no screen and nobody has decided, declares the
     * JVM headless; on macOS keeps the kernel from becoming an application with an icon in the Dock.
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
            String display = System.getenv("DISPLAY");
            if (display == null || display.isBlank()) {
                System.setProperty("java.awt.headless", "true");
            }
        }
    }
}
