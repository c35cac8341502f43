package store

import (
	"context"
	"database/sql"
	"maps"
	"sync"

	"github.com/haochaping/haochaping/internal/figures"
)

// mostKept is how many waiting changes are kept in memory, at most. When more wait, folding is far behind, and a figure reads
// them all.
const mostKept = 4096

// waitingChanges are changes that waited when they were last asked for. A change never changes, so what is kept is right as
// long as the store still has it.
type waitingChanges struct {
	figures.Waiting
	mutex sync.Mutex
	kept  map[string]*figures.Change
}

// of gives the changes with these ids, reading those that are not kept; whole is false when one has been folded meanwhile.
func (w *waitingChanges) of(ctx context.Context, s *Store, ids []string) (changes []*figures.Change, whole bool, err error) {
	missing := w.find(ids, &changes)
	if len(missing) == 0 {
		return changes, true, nil
	}
	read := map[string]*figures.Change{}
	rows, err := s.engine.reader().QueryContext(ctx, "SELECT id, facts FROM counter_change WHERE "+s.engine.anyText("id", "$1"),
		s.engine.texts(missing))
	err = each(rows, err, func(rows *sql.Rows) error {
		var id string
		var facts []byte
		err := rows.Scan(&id, &facts)
		read[id] = figures.NewChange(facts)
		return err
	})
	if err != nil || len(read) < len(missing) {
		return nil, false, err
	}
	w.keep(ids, read)
	for _, change := range read {
		changes = append(changes, change)
	}
	return changes, true, nil
}

// find gives the changes that are kept, and the ids of the others.
func (w *waitingChanges) find(ids []string, found *[]*figures.Change) (missing []string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, id := range ids {
		if change := w.kept[id]; change != nil {
			*found = append(*found, change)
		} else {
			missing = append(missing, id)
		}
	}
	return missing
}

// keep keeps what was read, and forgets what waits no more when that is most of it.
func (w *waitingChanges) keep(waiting []string, read map[string]*figures.Change) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.kept == nil || len(w.kept)+len(read) > 2*len(waiting) {
		kept := make(map[string]*figures.Change, len(waiting))
		for _, id := range waiting {
			if change := w.kept[id]; change != nil {
				kept[id] = change
			}
		}
		w.kept = kept
	}
	maps.Copy(w.kept, read)
}
