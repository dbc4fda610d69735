package parlab.exercises.members;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import parlab.exercises.Expect;
import parlab.exercises.members.Members.Split;

/** Looks at what each member has got. Stateless. */
public final class Shares {

    private Shares() {}

    /** Returns the owner of each key; wrong unless each has one, and each member a list. */
    public static Map<String, String> owners(Split split, List<String> keys, List<String> members) {
        Map<String, List<String>> shares = split.split(List.copyOf(keys), List.copyOf(members));
        Expect.that(shares != null, "there is no answer but null");
        var owners = new HashMap<String, String>();
        for (String member : members) {
            List<String> share = shares.get(member);
            Expect.that(share != null, "a member has no list: not even an empty one");
            for (String key : share) {
                String other = owners.put(key, member);
                Expect.that(other == null, "a key has two owners, or is twice in a list");
            }
        }
        Expect.equal(members.size(), shares.size(), "lists that were returned, one for each member");
        Expect.that(owners.keySet().containsAll(keys), "a key has no owner");
        Expect.that(new HashSet<>(keys).containsAll(owners.keySet()), "a key was given away that is not one");
        return owners;
    }

    /** Demands that each member has half to one and a half times of what it had if all had as many. */
    public static void balanced(Map<String, String> owners, List<String> members) {
        int average = owners.size() / members.size();
        for (String member : members) {
            int share = Collections.frequency(owners.values(), member);
            Expect.that(
                    share >= average / 2 && share <= average * 3 / 2,
                    "of " + owners.size() + " keys for " + members.size() + " members, one has got " + share);
        }
    }

    /** Returns the keys whose owner has changed. */
    public static List<String> moved(Map<String, String> before, Map<String, String> after) {
        return before.keySet().stream()
                .filter(key -> !before.get(key).equals(after.get(key)))
                .toList();
    }
}
