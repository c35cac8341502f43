package client

import "time"

// shanghai is a fixed offset, so that no zone file is needed: China has had no summer time since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// Time writes t the way every time of the specification is written: yyyyMMddHHmmss in Asia/Shanghai.
func Time(t time.Time) string { return t.In(shanghai).Format("20060102150405") }
