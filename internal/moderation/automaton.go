package moderation

// automaton is the one of Aho and Corasick over characters: it finds all words of a list in one pass. State 0 is the root.
type automaton struct {
	goes map[step]int32
	fail []int32 // the longest other beginning that the state ends with
	// ends is the word that ends in the state, or -1; out is the next state by fail in which one ends, or 0.
	ends, out []int32
	order     []step // in which states were made, by depth only after link
}

type step struct {
	state int32
	r     rune
}

func newAutomaton() automaton {
	return automaton{goes: map[step]int32{}, fail: []int32{0}, ends: []int32{-1}, out: []int32{0}, order: []step{{}}}
}

// add adds a word before link; of one that comes twice the first counts.
func (a *automaton) add(word []rune, number int) {
	state := int32(0)
	for _, r := range word {
		to, ok := a.goes[step{state, r}]
		if !ok {
			to = int32(len(a.fail)) //nolint:gosec // at most MaxWords times MaxWordRunes
			a.goes[step{state, r}] = to
			a.fail, a.ends, a.out = append(a.fail, 0), append(a.ends, -1), append(a.out, 0)
			a.order = append(a.order, step{state, r})
		}
		state = to
	}
	if a.ends[state] < 0 {
		a.ends[state] = int32(number) //nolint:gosec // at most MaxWords
	}
}

// link makes the ways by fail, level by level.
func (a *automaton) link() {
	children := make([][]int32, len(a.fail))
	for state := 1; state < len(a.fail); state++ {
		parent := a.order[state].state
		children[parent] = append(children[parent], int32(state))
	}
	queue := append([]int32(nil), children[0]...)
	for len(queue) > 0 {
		state := queue[0]
		queue = append(queue[1:], children[state]...)
		if from := a.order[state]; from.state != 0 {
			a.fail[state] = int32(a.next(int(a.fail[from.state]), from.r)) //nolint:gosec // a state
		}
		if to := a.fail[state]; a.ends[to] >= 0 {
			a.out[state] = to
		} else {
			a.out[state] = a.out[to]
		}
	}
	a.order = nil
}

// next is the state after one more character.
func (a *automaton) next(state int, r rune) int {
	for at := int32(state); ; at = a.fail[at] { //nolint:gosec // a state
		if to, ok := a.goes[step{at, r}]; ok {
			return int(to)
		}
		if at == 0 {
			return 0
		}
	}
}

// word is the word that ends in a state.
func (a *automaton) word(state int) (number int, ok bool) {
	return int(a.ends[state]), a.ends[state] >= 0
}

// shorter is the next state whose word ends here, too; 0 where none does.
func (a *automaton) shorter(state int) int { return int(a.out[state]) }
