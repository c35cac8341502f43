package venue

import (
	"fmt"
	"slices"
)

// Count is how many of each.
type Count struct{ Halls, Windows, Officers int }

// Total is how many in all.
func (c Count) Total() int { return c.Halls + c.Windows + c.Officers }

// Change is a cell that would change what is stored.
type Change struct {
	Cell     string // such as B7
	Of       string // whose: the hall's name, the window's number or the officer's work number with it
	Column   string
	From, To string
}

// Plan is what an import would do. Nothing can be applied of a plan with faults.
type Plan struct {
	// Faults are all that is wrong, by row and column.
	Faults []Fault
	// New would be added, Changed changed, Same are as they are stored already. Missing are stored and not in the list:
	// halls, and windows and officers of halls that are; they are left as they are.
	New, Changed, Same, Missing Count
	// Changes are what Changed would change: halls, windows, officers.
	Changes []Change

	// moves change a region and name or a number, which are unique, so that they go together.
	moves, edits, adds Changes
}

// Changes are halls, windows and officers to store.
type Changes struct {
	NewHalls       []Hall
	ChangedHalls   []Hall // by their codes
	NewWindows     []Window
	ChangedWindows []Window // by their codes
	Officers       []Officer
	// Seen are things as a person saw them before he changed them: ErrStale when one is not so any more.
	Seen Seen
	// Told are for the audit log; without any it is told how many there are.
	Told []Note
}

// Seen is what was seen.
type Seen struct {
	Halls    []Hall
	Windows  []Window
	Officers []Officer
}

// Note says in the audit log what was changed.
type Note struct{ Action, Object, Before, After, Reason string }

// Notes are what the audit log is told; none when nothing changes.
func (c *Changes) Notes() []Note {
	if len(c.Told) > 0 || c.Len() == 0 {
		return c.Told
	}
	return []Note{{Action: "venues.save", Object: "venues", After: fmt.Sprintf("新增大厅 %d、窗口 %d，更改大厅 %d、窗口 %d，登记工作人员 %d",
		len(c.NewHalls), len(c.NewWindows), len(c.ChangedHalls), len(c.ChangedWindows), len(c.Officers))}}
}

// Len is how many there are.
func (c *Changes) Len() int {
	return len(c.NewHalls) + len(c.ChangedHalls) + len(c.NewWindows) + len(c.ChangedWindows) + len(c.Officers)
}

// chunkRows is how much is stored in one transaction.
const chunkRows = 2000

// chunks cuts what is to be done into transactions, in an order in which every one alone leaves what is stored whole: what
// moves first, together, since two may swap names; windows after their halls, officers after their windows.
func (p *Plan) chunks() []Changes {
	var chunks []Changes
	if p.moves.Len() > 0 {
		chunks = append(chunks, p.moves)
	}
	for _, from := range []*Changes{&p.edits, &p.adds} {
		for part := range slices.Chunk(from.ChangedHalls, chunkRows) {
			chunks = append(chunks, Changes{ChangedHalls: part})
		}
		for part := range slices.Chunk(from.NewHalls, chunkRows) {
			chunks = append(chunks, Changes{NewHalls: part})
		}
		for part := range slices.Chunk(from.ChangedWindows, chunkRows) {
			chunks = append(chunks, Changes{ChangedWindows: part})
		}
		for part := range slices.Chunk(from.NewWindows, chunkRows) {
			chunks = append(chunks, Changes{NewWindows: part})
		}
	}
	for _, from := range []*Changes{&p.edits, &p.adds} {
		for part := range slices.Chunk(from.Officers, chunkRows) {
			chunks = append(chunks, Changes{Officers: part})
		}
	}
	return chunks
}
