/**
 * A model worker: a session of ONNX Runtime with reused buffers ({@link parlab.models.Model}), versions in a folder
 * ({@link parlab.models.ModelFolder}) that are swapped while requests run ({@link parlab.models.SwappableModel}), small
 * batches out of single requests ({@link parlab.models.MicroBatcher}), and a load generator that measures latency without
 * coordinated omission ({@link parlab.models.LoadGenerator}). Beside them, {@link parlab.models.Gguf} reads the weights of a
 * language model.
 *
 * <p>ONNX Runtime is loaded by the first {@link parlab.models.Model#open}, not before.
 */
package parlab.models;
