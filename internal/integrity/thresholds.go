package integrity

import "time"

// Thresholds say from when on something is a finding. Counts are of one place on one day.
type Thresholds struct {
	// Burst is how many five stars more than expected a burst has at least; Run is how many within one of RunLengths are one.
	Burst, Run int
	// People are so many different persons with one device; Neighbours with one network address.
	People, Neighbours int
	// Night is how many reviews are given while the hall is closed.
	Night int
	// Repeats is how many reviews say the same.
	Repeats int
	// Opens and Closes are the hours, 0..24, outside of which nobody is served, whatever a hall's own hours are.
	Opens, Closes int
}

// Default are thresholds that the simulation in package planted was judged by.
var Default = Thresholds{Burst: 10, Run: 8, People: 5, Neighbours: 6, Night: 4, Repeats: 5, Opens: 7, Closes: 20}

// RunLengths are within how long many reviews are a run: nobody is served so quickly.
var RunLengths = []time.Duration{10 * time.Minute, 30 * time.Minute, time.Hour}

// Powers of ten by which chance must be ruled out. A province has thousands of windows, and each is looked at every day.
const (
	burstPower   = 2.6
	runPower     = 3.0
	addressPower = 5.0
	addedPower   = 2.7 // of many from one address at a place of which nobody else tells
	closedPower  = 3.0
	wordsPower   = 4.0
)
