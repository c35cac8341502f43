// Package affair knows completed affairs (已办事项), which reviews belong to: how they are read, taken, and found again.
package affair

import "time"

// Affair is a completed affair. A zero time means that it was not told.
type Affair struct {
	SerialNo       string // affairSerialNo, 办件编号
	ItemCode       string // affairCode, 实施清单编码
	ItemName       string
	DepartmentCode string
	DepartmentName string
	RegionCode     string // as it was sent
	HallCode       string // where it was handled on the spot; empty elsewhere
	WindowCode     string
	WorkNo         string // the officer's number
	AppCode        string // the integrator's through which it came; empty for a file or a front database that belongs to none
	Result         string
	// UserType is 0 for a person and 1 for a company, CertificateType 0..999; nil when not told.
	UserType        *int
	CertificateType *int
	ApplyTime       time.Time
	DoneTime        time.Time
	Personal
}

// Personal is what is sealed before it reaches the store. The short keys are the sealed text's own, the same as a review's.
type Personal struct {
	UserID        string `json:"u,omitempty"`
	UserName      string `json:"n,omitempty"`
	ContactPhone  string `json:"t,omitempty"`
	CertificateNo string `json:"c,omitempty"`
	OfficerName   string `json:"o,omitempty"`
}
