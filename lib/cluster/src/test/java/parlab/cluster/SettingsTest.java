package parlab.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.SerializationConfig;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.internal.serialization.SerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.exception.RetryableHazelcastException;
import com.hazelcast.spi.exception.TargetDisconnectedException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** What members and drivers read from each other by Java's own serialisation. */
class SettingsTest {
    private static final List<SerializationConfig> BOTH = List.of(
            Settings.member("name", "member-1", new ListenAddress("127.0.0.1", 0), List.of())
                    .getSerializationConfig(),
            Settings.driver("name", List.of("127.0.0.1:5701"), 1000).getSerializationConfig());

    private static Object thereAndBack(SerializationConfig config, Object value) {
        SerializationService service =
                new DefaultSerializationServiceBuilder().setConfig(config).build();
        return service.toObject(service.toData(value));
    }

    @Test
    void whatMembersFailWithCanBeRead() {
        List<Throwable> failures = List.of(
                new CallerNotMemberException("it has just joined"),
                new RetryableHazelcastException("later"),
                new HazelcastInstanceNotActiveException("not yet"),
                new TargetDisconnectedException("gone"),
                new RejectedExecutionException("full"),
                new CancellationException("cancelled"),
                new IOException("a pipe"),
                new ConnectException("refused"));
        for (SerializationConfig config : BOTH) {
            for (Throwable failure : failures) {
                assertEquals(failure.toString(), thereAndBack(config, failure).toString());
            }
        }
    }

    @Test
    void otherClassesAreRefused() {
        for (SerializationConfig config : BOTH) {
            HazelcastSerializationException refused = assertThrows(
                    HazelcastSerializationException.class,
                    () -> thereAndBack(config, new MemberLostException("x", null)));
            assertTrue(refused.getMessage().contains("MemberLostException"), refused.getMessage());
        }
    }
}
