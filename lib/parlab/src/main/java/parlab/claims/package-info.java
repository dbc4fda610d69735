/** Verdicts on published claims, computed from measurements by stated rules. */
package parlab.claims;
