package codec

// EncodeMessage writes a protobuf message as what marshal makes of it, in base64; null for nil.
func EncodeMessage[M any](e *Encoder, v *M, marshal func(*M) ([]byte, error)) {
	if v == nil || e.err != nil {
		e.Null()
		return
	}
	data, err := marshal(v)
	if err != nil {
		e.Fail(err)
		return
	}
	e.Base64(append([]byte{}, data...)) // an empty message is not null
}

// DecodeMessage reads what EncodeMessage wrote.
func DecodeMessage[M any](d *Decoder, v **M, unmarshal func([]byte, *M) error) {
	data := d.Base64()
	if d.err != nil || data == nil {
		*v = nil
		return
	}
	*v = new(M)
	if err := unmarshal(data, *v); err != nil {
		d.Fail(err)
	}
}

// CloneMessage replaces a protobuf message by what clone makes of it.
func CloneMessage[M any](v **M, clone func(*M) *M) {
	if *v != nil {
		*v = clone(*v)
	}
}
