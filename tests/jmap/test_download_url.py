from mailconnect.jmap.download_url import download_url


def test_ids_fill_the_template_and_cannot_leave_their_place():
    template = "https://x.example/d/{accountId}/{blobId}/{name}?type={type}"
    assert download_url(template, "u1", "../b?&#/{name}") == (
        "https://x.example/d/u1/..%2Fb%3F%26%23%2F%7Bname%7D/attachment?type=application%2Foctet-stream"
    )
