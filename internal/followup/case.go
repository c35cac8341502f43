// Package followup knows the cases of bad reviews: every one is followed up until the person who wrote it has an answer
// (domain.md 3).
package followup

// State of a case.
type State string

// Pending (待核实) is how every case begins.
const Pending State = "pending"

// Dismissed (不予采纳) is a case whose review was withdrawn: it leaves the figures.
const Dismissed State = "dismissed"
