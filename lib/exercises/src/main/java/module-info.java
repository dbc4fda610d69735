/**
 * What the exercises share. In a kernel this is a jar on the class path like any other; where answers are graded it is a
 * module, so that no answer can reach into it by reflection: what decides about points is in packages that are not
 * exported.
 */
module parlab.exercises {
    requires jdk.jshell;

    exports parlab.exercises;
    exports parlab.exercises.contention;
    exports parlab.exercises.kernels;
    exports parlab.exercises.members;
    exports parlab.exercises.pipelines;
    exports parlab.exercises.processes;
    exports parlab.exercises.serving;
}
