package store

import (
	"slices"
	"strings"
	"time"

	"github.com/haochaping/haochaping/internal/review"
)

// recordColumn is a column of a record and where it comes from: exactly one of text, bytes and number. A number that was not
// told is NULL.
type recordColumn struct {
	column
	text   func(r *review.Record) string
	bytes  func(r *review.Record) []byte
	number func(r *review.Record) (n int64, told bool)
}

// recordInsertion inserts records. Every review goes this way: on PostgreSQL its columns become arrays without a box around
// each value.
type recordInsertion struct {
	*insertion
	fields []recordColumn
}

func inserting(table string, fields ...recordColumn) recordInsertion {
	i := recordInsertion{&insertion{table: table}, fields}
	for _, f := range fields {
		i.columns = append(i.columns, f.column)
	}
	return i
}

func textOf(name string, of func(r *review.Record) string) recordColumn {
	return recordColumn{column: column{name, "text"}, text: of}
}

func bytesOf(name string, of func(r *review.Record) []byte) recordColumn {
	return recordColumn{column: column{name, "bytea"}, bytes: of}
}

func numberOf(name, kind string, of func(r *review.Record) int) recordColumn {
	return recordColumn{column: column{name, kind}, number: func(r *review.Record) (int64, bool) { return int64(of(r)), true }}
}

func choiceOf(name string, of func(r *review.Record) *int) recordColumn {
	return recordColumn{column: column{name, "int2"}, number: func(r *review.Record) (int64, bool) {
		if n := of(r); n != nil {
			return int64(*n), true
		}
		return 0, false
	}}
}

// momentOf is UTC microseconds, or NULL for a time that was not told.
func momentOf(name string, of func(r *review.Record) time.Time) recordColumn {
	return recordColumn{column: column{name, "int8"}, number: func(r *review.Record) (int64, bool) {
		t := of(r)
		return t.UnixMicro(), !t.IsZero()
	}}
}

var (
	onceInsertion = inserting("once",
		numberOf("slot", "int2", func(r *review.Record) int { return r.Slot }),
		bytesOf("once_key", func(r *review.Record) []byte { return r.OnceKey[:] }),
		bytesOf("identity", func(r *review.Record) []byte { return r.Identity[:] }),
		textOf("serial", func(r *review.Record) string { return r.Serial }),
	)
	reviewInsertion = inserting("review", reviewFields...)
	// completedInsertion is of a batch that holds reviews whose affairs are known.
	completedInsertion = inserting("review", append(slices.Clip(reviewFields),
		numberOf("filled", "int2", func(r *review.Record) int { return int(r.Filled) }),
		textOf("own_region", func(r *review.Record) string { return r.OwnRegion }),
	)...)
	reviewFields = []recordColumn{
		numberOf("slot", "int2", func(r *review.Record) int { return r.Slot }),
		bytesOf("identity", func(r *review.Record) []byte { return r.Identity[:] }),
		textOf("serial", func(r *review.Record) string { return r.Serial }),
		textOf("kind", func(r *review.Record) string { return string(r.Kind) }),
		textOf("app_code", func(r *review.Record) string { return r.AppCode }),
		textOf("entity_code", func(r *review.Record) string { return r.EntityCode }),
		textOf("channel", func(r *review.Record) string { return r.Channel }),
		textOf("subject", func(r *review.Record) string { return r.Subject }),
		textOf("item_code", func(r *review.Record) string { return r.ItemCode }),
		textOf("item_name", func(r *review.Record) string { return r.ItemName }),
		textOf("department_code", func(r *review.Record) string { return r.DepartmentCode }),
		textOf("department_name", func(r *review.Record) string { return r.DepartmentName }),
		textOf("region_sent", func(r *review.Record) string { return r.RegionCode }),
		textOf("region_code", func(r *review.Record) string { return r.Region }),
		textOf("work_no", func(r *review.Record) string { return r.WorkNo }),
		numberOf("stars", "int2", func(r *review.Record) int { return r.Stars }),
		numberOf("accept_stars", "int2", func(r *review.Record) int { return r.AcceptStars }),
		numberOf("deal_stars", "int2", func(r *review.Record) int { return r.DealStars }),
		textOf("tags", func(r *review.Record) string { return strings.Join(r.Tags, ",") }),
		choiceOf("user_type", func(r *review.Record) *int { return r.UserType }),
		choiceOf("certificate_type", func(r *review.Record) *int { return r.CertificateType }),
		numberOf("day", "int4", func(r *review.Record) int { return r.Day }),
		momentOf("eval_time", func(r *review.Record) time.Time { return r.EvalTime }),
		momentOf("apply_time", func(r *review.Record) time.Time { return r.ApplyTime }),
		momentOf("deal_time", func(r *review.Record) time.Time { return r.DealTime }),
		momentOf("done_time", func(r *review.Record) time.Time { return r.DoneTime }),
		numberOf("flags", "int2", func(r *review.Record) int { return int(r.Flags) }),
		bytesOf("person_index", func(r *review.Record) []byte { return r.PersonIndex[:] }),
		bytesOf("certificate_index", func(r *review.Record) []byte { return r.CertificateIndex[:] }),
		bytesOf("sealed", func(r *review.Record) []byte { return r.Sealed }),
		momentOf("received_at", func(r *review.Record) time.Time { return r.ReceivedAt }),
		textOf("hall_code", func(r *review.Record) string { return r.HallCode }),
		textOf("window_code", func(r *review.Record) string { return r.WindowCode }),
		numberOf("state", "int2", stateColumn),
		numberOf("publication", "int2", func(r *review.Record) int { return int(r.Publication.State) }),
		textOf("masked", func(r *review.Record) string { return r.Publication.Spans.String() }),
	}
)

// values is one record's row.
func (i *recordInsertion) values(r *review.Record) []any {
	row := make([]any, len(i.fields))
	for n, f := range i.fields {
		switch {
		case f.text != nil:
			row[n] = f.text(r)
		case f.bytes != nil:
			row[n] = f.bytes(r)
		default:
			if number, told := f.number(r); told {
				row[n] = number
			}
		}
	}
	return row
}

// arraysOf are the columns of records.
func (i *recordInsertion) arraysOf(records []*review.Record) []any {
	arrays := make([]any, len(i.fields))
	for n, f := range i.fields {
		switch {
		case f.text != nil:
			arrays[n] = valuesOf(records, f.text)
		case f.bytes != nil:
			arrays[n] = valuesOf(records, f.bytes)
		default:
			arrays[n] = numbersOf(records, f.number)
		}
	}
	return arrays
}

func valuesOf[T any](records []*review.Record, of func(*review.Record) T) []T {
	values := make([]T, len(records))
	for i, r := range records {
		values[i] = of(r)
	}
	return values
}

// numbersOf needs pointers only where a number is NULL.
func numbersOf(records []*review.Record, of func(*review.Record) (int64, bool)) any {
	values, all := make([]int64, len(records)), true
	for i, r := range records {
		var told bool
		values[i], told = of(r)
		all = all && told
	}
	if all {
		return values
	}
	pointers := make([]*int64, len(records))
	for i, r := range records {
		if _, told := of(r); told {
			pointers[i] = &values[i]
		}
	}
	return pointers
}
