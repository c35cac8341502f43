package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/haochaping/haochaping/internal/audit"
	"github.com/haochaping/haochaping/internal/backup"
	"github.com/haochaping/haochaping/internal/beijing"
	"github.com/haochaping/haochaping/internal/fault"
)

// vacancy is a database that a backup can be restored into, or why it is not one.
type vacancy interface {
	// vacant refuses a database that holds anything but a restore that did not end.
	vacant(ctx context.Context) error
	// fill puts the content into the database, which says until finish has ended that it is half restored. finish is given the
	// filled database, before its migrations.
	fill(ctx context.Context, content backup.Content, from io.Reader, finish func(*Store) error) error
	close() error
}

func (o *Options) vacancy() (vacancy, string, error) {
	if IsEmbedded(o.URL) {
		return &vacantFile{options: o, file: EmbeddedFile(o.URL)}, sqliteName, nil
	}
	opened, err := openPostgres(o.URL, 1, &watch{})
	if err != nil {
		return nil, "", err
	}
	return &vacantPostgres{options: o, postgresEngine: opened}, postgresName, nil
}

// Vacant says whether a backup of this content can be restored into the database: it must be of the same engine and hold nothing.
func Vacant(ctx context.Context, o Options, content backup.Content) error {
	v, engine, err := o.vacancy()
	if err != nil {
		return err
	}
	return errors.Join(vacantFor(ctx, v, engine, content), v.close())
}

func vacantFor(ctx context.Context, v vacancy, engine string, content backup.Content) error {
	names := map[string]string{sqliteName: "嵌入式数据库（SQLite）", postgresName: "PostgreSQL"}
	if content.Engine != engine {
		return fmt.Errorf("备份来自%s，不能恢复到%s", names[content.Engine], names[engine])
	}
	if newest, err := newestMigration(engine); err != nil {
		return err
	} else if content.Schema > newest {
		return fmt.Errorf("备份的表结构（%d）比本程序的（%d）新，请用做备份的那个版本或更新的版本", content.Schema, newest)
	}
	return v.vacant(ctx)
}

// Restore fills an empty database with a backup: all of it or nothing. A process that is killed meanwhile leaves a database that
// says so and is refused by everything but another restore. The schema is brought up to date; sessions end, for who logged out
// since the backup would be logged in again; and the audit chain says that it was restored.
func Restore(ctx context.Context, o Options, head *backup.Head, from io.Reader) error {
	v, engine, err := o.vacancy()
	if err != nil {
		return err
	}
	err = vacantFor(ctx, v, engine, head.Content)
	if err == nil {
		err = v.fill(ctx, head.Content, from, func(s *Store) error { return s.afterRestore(ctx, head) })
	}
	return errors.Join(err, v.close())
}

func (s *Store) afterRestore(ctx context.Context, head *backup.Head) error {
	if err := s.migrate(ctx, patient); err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{"DELETE FROM session", "DELETE FROM staff_session"} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return s.note(ctx, tx, audit.Entry{Action: "backup.restore", Object: "backup:" + beijing.FormatSecond(head.At)})
	})
}

// notEmpty refuses a database that holds something.
func notEmpty(what string) error {
	return fault.NewConflict("只能恢复到空的数据库：" + what + "；未作任何改动")
}
