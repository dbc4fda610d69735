package parlab.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A member's question for a class. */
@Timeout(600)
class MemberServiceTest {
    @Test
    void aClassIsAskedForAgainIfNobodyHasHeardTheQuestion() {
        HazelcastInstance member = Hazelcast.newHazelcastInstance(
                Settings.member("alone", "member-1", new ListenAddress("127.0.0.1", 0), List.of()));
        try {
            UUID driver = UUID.randomUUID();
            AtomicInteger heard = new AtomicInteger();
            member.<String>getTopic(Settings.CLASSES + driver).addMessageListener(message -> {
                if (heard.incrementAndGet() == 2) {
                    String[] words = message.getMessageObject().split(" ", 3);
                    assertEquals("3 p.Type", words[1] + " " + words[2]);
                    member.getQueue(words[0]).add(new byte[] {1, 2});
                }
            });
            assertArrayEquals(new byte[] {1, 2}, MemberService.classBytes(member, driver, 3, "p.Type"));
        } finally {
            member.shutdown();
        }
    }
}
