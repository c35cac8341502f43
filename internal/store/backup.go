package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/haochaping/haochaping/internal/backup"
)

var _ backup.Source = (*Store)(nil)

// errHalfRestored says that a restore did not come to its end.
var errHalfRestored = errors.New("这个数据库上次恢复没有完成，里面的数据不完整：请重新运行 haochaping restore，或换一个空的数据库")

// versionTable is where goose keeps the numbers of migrations; it is not part of a backup.
const versionTable = "goose_db_version"

// Dump writes the database down as it is at one moment; see backup.Source. The schema may be older than the program.
func (s *Store) Dump(ctx context.Context, begin func(backup.Content) (io.Writer, error)) error {
	if err := s.engine.whole(ctx); err != nil {
		return err
	}
	if err := s.engine.dump(ctx, begin); err != nil {
		return fmt.Errorf("write the database down: %w", s.readFault(err))
	}
	return nil
}
