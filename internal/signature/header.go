package signature

// The headers of a signed call, in the form that net/http keeps them in, so that reading one asks for no memory.
// On the wire their case does not matter.
const (
	HeaderPaasID     = "X-Tif-Paasid"      // the caller
	HeaderTimestamp  = "X-Tif-Timestamp"   // Unix seconds, decimal
	HeaderNonce      = "X-Tif-Nonce"       // 1 to 36 printable ASCII characters
	HeaderSignature  = "X-Tif-Signature"   // Short, or Long with the three below
	HeaderUID        = "X-Tif-Uid"         // the person's id at the gateway
	HeaderUInfo      = "X-Tif-Uinfo"       // what the gateway knows of the person
	HeaderExt        = "X-Tif-Ext"         // anything else
	HeaderBodyDigest = "X-Hcp-Body-Digest" // sm3=<hex> or sha256=<hex>
	HeaderStrong     = "X-Hcp-Signature"   // Strong
)

// Alias gives the other name of one of the gateway's headers: x-rio-* for x-tif-*; "" for any other header.
func Alias(name string) string {
	switch name {
	case HeaderPaasID:
		return "X-Rio-Paasid"
	case HeaderTimestamp:
		return "X-Rio-Timestamp"
	case HeaderNonce:
		return "X-Rio-Nonce"
	case HeaderSignature:
		return "X-Rio-Signature"
	case HeaderUID:
		return "X-Rio-Uid"
	case HeaderUInfo:
		return "X-Rio-Uinfo"
	case HeaderExt:
		return "X-Rio-Ext"
	default:
		return ""
	}
}
