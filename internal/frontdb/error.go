package frontdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/haochaping/haochaping/internal/affair"
)

var _ affair.SourceError = (*Error)(nil)

// Error is why a source can't be read, in words for the person who looks after it. It never holds the password.
type Error struct {
	cause   cause
	text    string
	missing []Missing
	err     error
}

// cause is what an operator can do something about.
type cause int

const (
	unknown     cause = iota
	unreachable       // nobody answers
	refused           // the user may not come in, or not read
	renamed           // a table or a column is not there
	slow              // a statement took too long
	unfit             // what is mapped can't be read in this way
)

var briefs = map[cause]string{
	unknown: "读取出错", unreachable: "连不上来源数据库", refused: "来源数据库不允许该用户登录或读取", renamed: "来源缺少配置中的表或列",
	slow: "来源数据库应答超时", unfit: "来源的列不适合续读",
}

// Missing is a mapped column that is not there.
type Missing struct {
	Field  string // ours, or cursor, or key
	Column string
}

// Error says all of it.
func (e *Error) Error() string {
	switch {
	case e.text != "" && e.err != nil:
		return e.text + "：" + e.err.Error()
	case e.text != "":
		return e.text
	default:
		return briefs[e.cause] + "：" + e.err.Error()
	}
}

// Unwrap gives the driver's error.
func (e *Error) Unwrap() error { return e.err }

// Brief is the kind of trouble, without names and addresses: anybody may read it.
func (e *Error) Brief() string { return briefs[e.cause] }

// hidden is an error whose text was cleaned.
type hidden struct {
	text string
	err  error
}

func (h *hidden) Error() string { return h.text }
func (h *hidden) Unwrap() error { return h.err }

// words gives an error its meaning, and takes the password out of what a driver says, should it ever stand there.
func (d *Database) words(err error) error {
	var told *Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	if d.options.Password != "" && strings.Contains(err.Error(), d.options.Password) {
		err = &hidden{strings.ReplaceAll(err.Error(), d.options.Password, "***"), err}
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if code := d.dialect.dataFault(err); code != "" { // what the driver says would show a cell, which may be personal
		return &Error{cause: unfit, text: fmt.Sprintf("来源中有数据不能按 query 转换，或记下的游标与游标列的类型不符（错误代码 %s）", code)}
	}
	return &Error{cause: d.dialect.fault(err), err: err}
}

// faultOfLine tells what became of a connection.
func faultOfLine(err error) cause {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return slow
	case errors.As(err, &network), errors.Is(err, driver.ErrBadConn), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, net.ErrClosed):
		return unreachable
	}
	return unknown
}

// whichColumn looks again when a column was not there, and says which; any other error it leaves.
func (d *Database) whichColumn(ctx context.Context, err error) error {
	var told *Error
	if !errors.As(err, &told) || told.cause != renamed || len(told.missing) > 0 {
		return err
	}
	d.forget()
	again := d.read(ctx, func(tx *sql.Tx) error {
		_, err := d.look(ctx, tx)
		return err
	})
	if again != nil {
		return again
	}
	return err
}

// shownColumns is how many columns a message lists.
const shownColumns = 60

func missingWords(missing []Missing, names []string) string {
	var parts []string
	for _, m := range missing {
		parts = append(parts, fmt.Sprintf("%s（%s）", m.Column, m.Field))
	}
	listed := slices.Clone(names)
	if len(listed) > shownColumns {
		listed = append(listed[:shownColumns], "……")
	}
	return fmt.Sprintf("来源中没有列 %s；现有的列：%s", strings.Join(parts, "、"), strings.Join(listed, "、"))
}
