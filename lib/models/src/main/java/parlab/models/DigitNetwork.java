package parlab.models;

import java.util.Random;
import java.util.stream.IntStream;
import parlab.executors.Checkpoint;

/**
 * A network with one hidden layer that learns digits by gradient descent: the training runs of a hyper-parameter search,
 * with the arithmetic of the CPython twin. Not thread-safe; each training run has one of its own.
 */
public final class DigitNetwork {
    /** Digits that it learns from: the first ones of a set. The others judge it. */
    public static final int LEARNT = 350;

    private static final int BATCH = 10;
    private static final double FIRST_WEIGHTS = 0.2;

    private final double[][] first;
    private final double[][] second;

    private DigitNetwork(int hidden) {
        Random random = new Random(1);
        first = new double[DigitSet.PIXELS][hidden];
        second = new double[hidden][DigitSet.CLASSES];
        for (double[][] layer : new double[][][] {first, second}) {
            for (double[] row : layer) {
                for (int i = 0; i < row.length; i++) {
                    row[i] = FIRST_WEIGHTS * random.nextGaussian();
                }
            }
        }
    }

    /**
     * Trains a network and returns its share of right answers, from 0 to 1, on the digits that it has not seen. The same
     * arguments give the same result. An interrupt ends it, see {@link Checkpoint}.
     *
     * @param digits more than {@value #LEARNT}
     * @param hidden width of the hidden layer, 1 or more
     * @param rate how far a step goes
     * @param epochs how often each digit is learnt from
     */
    public static double train(DigitSet digits, int hidden, double rate, int epochs) {
        if (digits.size() <= LEARNT || hidden < 1) {
            throw new IllegalArgumentException("a training needs more than " + LEARNT
                    + " digits and a hidden layer, got " + digits.size() + " and a width of " + hidden);
        }
        DigitNetwork network = new DigitNetwork(hidden);
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (int begin = 0; begin < LEARNT; begin += BATCH) {
                Checkpoint.poll();
                network.step(digits, begin, rate / BATCH);
            }
        }
        long right = IntStream.range(LEARNT, digits.size())
                .filter(i -> network.named(digits.pixels(i)) == digits.shows(i))
                .count();
        return (double) right / (digits.size() - LEARNT);
    }

    /** Goes down the mean gradient of the cross entropy over a batch. */
    private void step(DigitSet digits, int begin, double rate) {
        double[][] firstGradient = new double[first.length][second.length];
        double[][] secondGradient = new double[second.length][DigitSet.CLASSES];
        for (int i = begin; i < begin + BATCH; i++) {
            float[] pixels = digits.pixels(i);
            double[] inner = inner(pixels);
            double[] error = probabilities(scores(inner));
            error[digits.shows(i)] -= 1;
            for (int h = 0; h < inner.length; h++) {
                double back = 0;
                for (int k = 0; k < error.length; k++) {
                    secondGradient[h][k] += inner[h] * error[k];
                    back += second[h][k] * error[k];
                }
                if (inner[h] > 0) { // else the unit was cut off, and no weight before it has a part in the error
                    for (int p = 0; p < pixels.length; p++) {
                        firstGradient[p][h] += pixels[p] * back;
                    }
                }
            }
        }
        subtract(first, firstGradient, rate);
        subtract(second, secondGradient, rate);
    }

    private static void subtract(double[][] weights, double[][] gradient, double rate) {
        for (int i = 0; i < weights.length; i++) {
            for (int j = 0; j < weights[i].length; j++) {
                weights[i][j] -= rate * gradient[i][j];
            }
        }
    }

    /** The hidden layer: what is below 0 is cut off. */
    private double[] inner(float[] pixels) {
        double[] inner = new double[second.length];
        for (int p = 0; p < pixels.length; p++) {
            for (int h = 0; h < inner.length; h++) {
                inner[h] += pixels[p] * first[p][h];
            }
        }
        for (int h = 0; h < inner.length; h++) {
            inner[h] = Math.max(0, inner[h]);
        }
        return inner;
    }

    private double[] scores(double[] inner) {
        double[] scores = new double[DigitSet.CLASSES];
        for (int h = 0; h < inner.length; h++) {
            for (int k = 0; k < scores.length; k++) {
                scores[k] += inner[h] * second[h][k];
            }
        }
        return scores;
    }

    private static double[] probabilities(double[] scores) {
        double top = scores[highest(scores)];
        double sum = 0;
        for (int k = 0; k < scores.length; k++) {
            scores[k] = Math.exp(scores[k] - top);
            sum += scores[k];
        }
        for (int k = 0; k < scores.length; k++) {
            scores[k] /= sum;
        }
        return scores;
    }

    private int named(float[] pixels) {
        return highest(scores(inner(pixels)));
    }

    private static int highest(double[] scores) {
        int highest = 0;
        for (int k = 1; k < scores.length; k++) {
            highest = scores[k] > scores[highest] ? k : highest;
        }
        return highest;
    }
}
