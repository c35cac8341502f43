package ebus

import (
	"time"

	"github.com/haochaping/haochaping/internal/review"
)

// field is one row of the specification's tables (3.4.2.4, 3.4.3.4, 3.4.4.4): 参数名, 必填, 类型, and where its value
// goes. Exactly one of text, integer, moment, fields and tags says what type it is.
type field struct {
	name     string
	required bool

	text    func(*review.Review) *string // String(max): characters, after trimming
	max     int
	code    bool                      // a text that things are found and counted by: no control characters
	integer func(*review.Review, int) // Integer, from min to most
	min     int
	most    int
	meaning string                          // what would be right, for an Integer
	moment  func(*review.Review) *time.Time // String(14), yyyyMMddHHmmss
	fields  []field                         // Object
	tags    bool                            // Array of {tagId}

	path string // of the field in the request, filled in by table
}

const (
	required = true
	optional = false
)

func text(name string, required bool, max int, to func(*review.Review) *string) field {
	return field{name: name, required: required, text: to, max: max}
}

// code is a text that things are found and counted by.
func code(name string, required bool, max int, to func(*review.Review) *string) field {
	f := text(name, required, max, to)
	f.code = true
	return f
}

func integer(name string, required bool, min, most int, meaning string, to func(*review.Review, int)) field {
	return field{name: name, required: required, integer: to, min: min, most: most, meaning: meaning}
}

func moment(name string, required bool, to func(*review.Review) *time.Time) field {
	return field{name: name, required: required, moment: to}
}

func object(name string, required bool, fields ...field) field {
	return field{name: name, required: required, fields: fields}
}

// table fills in the paths of a message's fields.
func table(fields ...field) []field {
	locate(fields, "")
	return fields
}

func locate(fields []field, prefix string) {
	for i := range fields {
		fields[i].path = prefix + fields[i].name
		locate(fields[i].fields, fields[i].path+".")
	}
}

// Rows that several tables share.

func appCode() field {
	return text("appCode", required, 10, func(r *review.Review) *string { return &r.AppCode })
}

func entityCode() field {
	return text("evalEntityCode", required, 14, func(r *review.Review) *string { return &r.EntityCode })
}

func evalTime() field {
	return moment("evalTime", required, func(r *review.Review) *time.Time { return &r.EvalTime })
}

func remark() field {
	return text("remark", optional, 150, func(r *review.Review) *string { return &r.Remark })
}

func tagList() field { return field{name: "tagList", required: required, tags: true} }

func stars(to func(*review.Review, int)) field {
	return integer("generalStars", required, 1, 5, "应为 1 到 5 的整数", to)
}

func userType(required bool) field {
	return integer("userType", required, 0, 1, "应为整数 0（个人）或 1（法人）",
		func(r *review.Review, n int) { r.UserType = &n })
}

func userName() field {
	return text("userName", required, 50, func(r *review.Review) *string { return &r.UserName })
}

func contactPhone() field {
	return code("contactPhone", required, 50, func(r *review.Review) *string { return &r.ContactPhone })
}

// user is the person of 3.4.2 and 3.4.3.
func user() field {
	return object("user", required,
		code("userId", required, 32, func(r *review.Review) *string { return &r.UserID }),
		userName(),
		contactPhone(),
		text("passportName", required, 30, func(r *review.Review) *string { return &r.PassportName }),
		userType(required),
		integer("certificateType", required, 0, 999, "应为 0 到 999 的整数",
			func(r *review.Review, n int) { r.CertificateType = &n }),
		code("certificateNo", required, 50, func(r *review.Review) *string { return &r.CertificateNo }),
	)
}
