package followup

// Progress is how far a case has come, as figures count it. The zero value is a case that was opened and no more.
type Progress struct {
	Rectified  bool
	InTime     bool // rectified within the limit
	CalledBack bool
	Satisfied  bool // the reviewer, when called back
}

// Whole gives progress without contradictions: what was rectified in time was rectified, and who is satisfied was called back.
func (p Progress) Whole() Progress {
	p.InTime = p.InTime && p.Rectified
	p.Satisfied = p.Satisfied && p.CalledBack
	return p
}
